"""XML messages: the verdict, reading into JSON form, writing."""
