"""What runs when the package is built. No part of the wheel."""
