"""Why an XSD refuses a document, in the words and the order of the JDK's validator (Xerces)."""
