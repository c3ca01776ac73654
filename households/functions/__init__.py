"""What is asked past row-level security, each function with one narrow answer."""
