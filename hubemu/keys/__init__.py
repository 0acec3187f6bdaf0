"""RSA keys of the test PKI: made, made ahead, and kept for the next home of this user."""
