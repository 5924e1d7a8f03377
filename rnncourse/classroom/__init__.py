"""What a teacher needs: assignments, hand-ins, grading. Loads nothing heavy by itself."""


class Trouble(Exception):
    """Something that the teacher can mend; the message says what is wrong and how."""


def one_line(text):
    """Text of a stranger's as it may stand in a line on a terminal: what is not printed is shown as its number."""
    return "".join(letter if letter.isprintable() else f"\\u{ord(letter):04x}" for letter in str(text))
