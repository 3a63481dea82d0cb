"""From a notebook and a period to a report: parameters, execution, archive, index.

`html` is the face of a report, the other files are the machine that makes it.
"""

from analysis.reports.startup import skip_slow_import

skip_slow_import()
