"""Lists that come as files, of leads and of phones: CSV as people and spreadsheets write it (`docs/reading.md`).

`records` reads any variant as rows, `headings` knows what columns are called, `leads` and `phones` make of the rows
what the product takes. All of it is a stream: a row is in memory while it is read, and no file is read twice.
"""
