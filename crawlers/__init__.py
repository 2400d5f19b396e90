"""Collect: from a frame of units to stored pages; the only room that knows Scrapy."""
