"""Trained pipelines that ship with Vigie, and how they are trained."""
