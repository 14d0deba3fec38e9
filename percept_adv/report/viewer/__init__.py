"""The viewer: what it shows, and the pages that show it from disk."""
