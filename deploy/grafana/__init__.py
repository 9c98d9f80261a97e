"""Grafana: boards as typed Python, rendered to the JSON that Grafana takes."""
