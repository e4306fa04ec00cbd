# JSON through jq, as docs/json.md shows it.
ends 0 llmchat ask -p demo --json "What is a monad?"
same "" "$(cat err)"
same 1 "$(wc -l < out)"
same "demo null stop" "$(jq -r '[.provider, (.error | tostring), .finish_reason] | join(" ")' out)"
has "$(jq -r .text out)" "> What is a monad?"
id=$(jq -r .conversation out)

llmchat ask -p demo --jsonl Hello < /dev/null > events
same start "$(head -n 1 events | jq -r .type)"
same end "$(tail -n 1 events | jq -r .type)"
same "$(jq -rj 'select(.type == "delta").text' events)" "$(jq -rj 'select(.type == "end").text' events)"

# A failure is an object too, and the exit code stays.
for flags in "--nope" "-m" "-o" "--timeout soon" "-t nope" ""; do
  # shellcheck disable=SC2086
  ends 2 llmchat ask --json -p demo $flags < /dev/null
  same 2 "$(jq .error.exit_code out)"
  same 2 "$(wc -l < err)"
done
ends 11 llmchat ask --json -p demo --cid no-such-conversation hi
same not_found "$(jq -r .error.kind out)"
if answer=$(llmchat ask --json -m demo/nope hi 2> /dev/null < /dev/null); then fail "it cannot answer"; fi
same unknown_model "$(jq -r .error.kind <<< "$answer")"

# Lists.
same "demo" "$(llmchat models --json | jq -r '.[] | select(.access == "offline") | .provider')"
has "$(llmchat history list --all --json | jq -r '.[] | [.id, .title] | @tsv')" "$id"$'\tWhat is a monad?'
has "$(llmchat history show "$id" --json | jq -r '.messages[-1].text')" "You asked:"
same "$id" "$(llmchat history search monad --json | jq -r '.[0].conversation')"
ends 11 llmchat history search zzzzzz --json
same "[]" "$(cat out)"
ends 4 llmchat auth status --json
same "[]" "$(cat out)"
same "auto" "$(llmchat config list --json | jq -r '.[] | select(.key == "provider") | .value')"
has "$(llmchat templates list --json | jq -r '.[].name')" review
llmchat doctor demo --json | jq -e '.counts.failed == 0' > /dev/null
