# What goes into a prompt and what comes out of an answer.
mkdir -p src/deep && echo 'print("a")' > src/a.py && echo 'b = 2' > src/deep/b.py
printf 'PASSWORD=hunter2\n' > src/.env && echo '*.log' > src/.gitignore && echo noise > src/x.log

ends 0 llmchat ask -p demo -f src "Explain"
for part in "> Explain" "> src/a.py:" '> print("a")' "> src/deep/b.py:"; do has "$(cat out)" "$part"; done
lacks "$(cat out)" hunter2
lacks "$(cat out)" noise
has "$(cat err)" "src: "
has "$(cat err)" "1 private"

echo piped | llmchat ask -p demo -f - "With a name" > out
has "$(cat out)" "> stdin:"
ends 0 llmchat ask -p demo -f <(echo from a process) "And this"
has "$(cat out)" "> from a process"
ends 2 llmchat ask -p demo -f missing.txt "Explain"
same "" "$(cat out)"
head -c 20000 /dev/zero > binary.bin
ends 2 llmchat ask -p demo -f binary.bin "Explain"
ends 2 llmchat ask -p demo --max-input 10 -f src/a.py "Explain"
has "$(cat err)" "the limit is 10 bytes"

# Templates.
git init -q . && git add src/a.py
git diff --staged | llmchat ask -p demo -t commit > out
has "$(cat out)" '> +print("a")'
llmchat ask -p demo -t review lang=Russian -f src/a.py < /dev/null > out
has "$(cat out)" "Russian"
ends 2 llmchat ask -p demo -t translate hello
has "$(cat err)" "lang=..."
ends 2 llmchat ask -p demo -t reveiw hello
has "$(cat err)" "did you mean review?"

# Code and files.
same 'def greet(name: str) -> str:' "$(llmchat ask -p demo -x hi < /dev/null | head -n 1)"
llmchat ask -p demo --xl -O greet.py hi < /dev/null > out
same "" "$(cat out)"
python3 -c 'import greet; print(greet.greet("x"))' > /dev/null
same "$(cat greet.py)" "$(llmchat code last 1)"
same "$(cat greet.py)" "$(llmchat ask -p demo --json -x hi < /dev/null | jq -r .text)"
echo precious > kept.txt
ends 11 llmchat ask -p demo -x 7 -O kept.txt hi
same precious "$(cat kept.txt)"
ends 2 llmchat ask -p demo -O no/such/folder.txt hi
ends 0 llmchat ask -p demo -u -o tokens 3 hi
has "$(cat err)" "demo/demo: 1 + 3 = 4 tokens"
