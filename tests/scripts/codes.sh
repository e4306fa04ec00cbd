# The exit codes of the documentation, as far as a machine without a network has them.
closed=1  # nobody listens at this port
export LLMCHAT_RETRIES=0
ends 0 llmchat ask -p demo hello
ends 2 llmchat ask -p demo
ends 2 llmchat aks hello
ends 2 llmchat ask -p demo -m nope hello
has "$(cat err)" "choose from: demo"
ends 3 env LLMCHAT_TIMEOUT=soon llmchat ask -p demo hello
ends 3 env LLMCHAT_PROVIDER=gigachatt llmchat ask hello
has "$(cat err)" "did you mean gigachat?"
ends 4 llmchat ask -p gigachat hello
ends 4 llmchat auth status
ends 4 llmchat auth
ends 0 llmchat history
ends 5 env LLMCHAT_OLLAMA_BASE_URL=http://127.0.0.1:$closed/v1 llmchat ask -p ollama -m m hello
ends 5 llmchat ask -p ollama -m m --proxy http://127.0.0.1:$closed hello
ends 11 llmchat ask -p demo -x 9 hello
ends 11 llmchat history show no-such-thing
ends 11 llmchat code last 99
ends 2 llmchat models gigchat
has "$(cat err)" "did you mean gigachat?"
for argv in "models --nope" "history nope" "config set" "auth nope" "templates nope"; do
  # shellcheck disable=SC2086
  ends 2 llmchat $argv
done
# Every error is one line of what happened and one of what to do.
ends 2 llmchat ask -p demo -m nope hello
same 2 "$(wc -l < err)"
has "$(head -n 1 err)" "llmchat: "

# Signals end it as a shell expects, after what came was kept.
llmchat ask -p demo -o delay_ms 50 -o tokens 5000 "slow" < /dev/null > out 2> err &
job=$!
until grep -q asked out; do sleep 0.05; done
kill -TERM $job
code=0; wait $job || code=$?
same 143 "$code"
same interrupted "$(llmchat history show last --json | jq -r '.messages[-1].state')"
