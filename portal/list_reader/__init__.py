"""Read a ministry's list: header, columns, rows, problems, repetitions. Pure, without the database."""
