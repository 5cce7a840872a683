"""Tests of the installed wheel."""
