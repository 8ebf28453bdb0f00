"""How good the answers are: sessions that anyone can run again."""
