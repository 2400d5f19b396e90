"""Scrapy's spiders: one for all websites."""
