"""Code lists as package data; README.md beside this file tells where they come from."""
