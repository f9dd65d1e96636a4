"""A class without browsers: students who move the slider over websockets, all at once."""
