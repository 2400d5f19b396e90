"""Process: from stored page to text, and from text to the unit it belongs to."""
