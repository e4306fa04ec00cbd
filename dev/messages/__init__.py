"""The catalogues of translations in llmchat/locale: updated from the sources, checked, compiled.

python -m dev.messages update    brings every catalogue up to date with the sources
python -m dev.messages check     what is missing, stale, fuzzy or does not fit its English
python -m dev.messages compile   the .mo files that llmchat reads; building a package does the same
"""
