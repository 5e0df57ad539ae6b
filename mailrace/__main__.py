"""python -m mailrace"""

from mailrace import main

main()
