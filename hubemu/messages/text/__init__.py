"""Bodies as text: bytes to trees and back, within limits; date-times."""
