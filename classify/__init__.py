"""Code: from text to sector activity."""
