"""The spoken form of English: numbers, measures, times, abbreviations, capitals and letters."""
