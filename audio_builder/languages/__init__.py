"""The languages of listeners and teachers: message catalogues, lists and dates, and what differs in writing."""
