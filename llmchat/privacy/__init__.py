"""Before a text goes to a third party: finds secrets in it, and introduces the third party."""
