"""Ways to get the text out of a page; a module's name is the name settings use."""
