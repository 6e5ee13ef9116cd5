"""What a voice is given to say: the spoken form of written text, by language."""
