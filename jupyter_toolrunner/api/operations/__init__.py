"""What each route does: take the request apart, call a service, answer in the shapes of `schemas`."""
