"""What the exit code of a command means: the one place that says so."""

DONE, FAILED, REFUSED, WAITING, UNTOLD, INTERRUPTED = 0, 1, 2, 3, 4, 130

EXIT_CODES = """\
exit codes:
  0    everything asked for is done, or there was nothing to do
  1    a report failed; readers keep the last good one, and `due` tries again next time, but
       leaves it alone once it has failed three times with nothing changed (--retry-failed)
  2    refused before anything was written: settings, data, period, report or parameter
  3    not yet: what is due waits for its data, or another process is making it
  4    the reports are made, but a mail or webhook did not get through (told on stderr)
  130  interrupted
"""
