"""What a teacher needs: assignments, hand-ins, grading. Loads nothing heavy by itself."""


class Trouble(Exception):
    """Something that the teacher can mend; the message says what is wrong and how."""
