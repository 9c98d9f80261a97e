"""What `vigie report` tells of a week: asked of the views, said in a letter."""
