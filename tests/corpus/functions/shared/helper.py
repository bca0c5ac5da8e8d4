DEFAULT = "from the helper"
