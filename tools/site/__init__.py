"""The course as a web page: `make site`. Pages are laid from chapters, teaching pages and docstrings, then built."""
