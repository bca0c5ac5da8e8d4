"""What a file holds, in pieces that a browser can show.

The work on a file that somebody's tool wrote happens in a process with limits (`child`); what that process made is kept
under the file's digest (`workshop`), and questions are answered from there (`reader`).
"""
