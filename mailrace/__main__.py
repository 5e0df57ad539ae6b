"""python -m mailrace"""

from __future__ import annotations

from mailrace import main

main()
