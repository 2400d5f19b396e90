"""Which way of judging links is in use; read without loading what it takes to judge one."""

METHOD_VERSION = "link-fellegi-sunter/1"
