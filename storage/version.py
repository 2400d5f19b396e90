"""Which code this is: stands in every manifest and in what is said to websites."""

__version__ = "0.1.0"
