"""HTTP, and the shapes in which every face shows things."""
