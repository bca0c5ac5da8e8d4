"""Write what a log should not do anything with."""

print("\x1b[31mred\x1b[0m and \x1b[1;32mgreen\x1b[0m <script>window.broken = true</script>")
print("10%\r20%\rready")
print("see https://example.org/page?x=1, not javascript:alert(1)")
print("<img src=x onerror='window.broken = true'> \u202egnp.exe \x1b]8;;javascript:alert(1)\x07click\x1b]8;;\x07")
