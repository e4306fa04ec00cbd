# No terminal, no environment, no stdin: cron, nohup, services.
here=$(command -v llmchat)
has "$(env -i LLMCHAT_HOME="$LLMCHAT_HOME" "$here" ask -p demo hello < /dev/null)" "> hello"
has "$(env -i HOME="$PWD" "$here" ask -n -p demo "Привет 你好" < /dev/null)" "> Привет 你好"
nohup llmchat ask -p demo hello < /dev/null > out 2> err
has "$(cat out)" "> hello"
ends 0 setsid -w llmchat ask -p demo hello
has "$(llmchat ask -p demo hello <&-)" "> hello"
has "$(llmchat ask -p demo hello 2>&- < /dev/null)" "> hello"

# A stdout that cannot take the answer.
code=0; llmchat ask -p demo hello >&- 2> err < /dev/null || code=$?
same 3 "$code"
code=0; llmchat ask -p demo hello > /dev/full 2> err < /dev/null || code=$?
same 3 "$code"
code=0; llmchat ask -p demo --json hello > /dev/full 2> err < /dev/null || code=$?
same 3 "$code"

# Whoever would ask a person says so and ends.
ends 2 setsid -w llmchat chat < /dev/null
ends 2 setsid -w llmchat auth gigachat < /dev/null
ends 2 setsid -w llmchat auth openai < /dev/null
ends 2 setsid -w llmchat ask -p yqcloud "token: ghp_abcdefghijklmnopqrstuvwxyz0123456789" < /dev/null
has "$(cat err)" "--allow-secrets"
llmchat ask -p demo hello < /dev/null > out
llmchat history delete last < /dev/null 2> err
ends 2 setsid -w llmchat history purge --all < /dev/null
ends 0 llmchat history purge --all -y
ends 2 env -u EDITOR -u VISUAL setsid -w llmchat config edit < /dev/null
ends 2 env -u EDITOR -u VISUAL setsid -w llmchat templates edit mine < /dev/null
ends 2 llmchat ask < /dev/null
ends 2 llmchat ask -p demo "  "
ends 2 llmchat < /dev/null

# No colour and no control sequence in a pipe; TERM does not matter.
for argv in "ask -p demo hi" "models" "models gigachat" "history list" "config list" "doctor demo" "templates list" "--help" "ask --help"; do
  # shellcheck disable=SC2086
  TERM=xterm-256color llmchat $argv < /dev/null > out 2>&1 || fail "$argv"
  ! grep -q $'\x1b' out || fail "$argv writes a control sequence into a pipe"
  same 1 "$(tail -c 1 out | wc -l)"
done
