"""The HTTP side: who may ask, and the routes of the page, of tests and of apps."""
