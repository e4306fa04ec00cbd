# Many at once with one home: nothing is lost, nothing is mixed, nobody waits for ever.
ask() { llmchat ask -p demo "number $1" -O "answer.$1" < /dev/null; }
export -f ask
seq 1 16 | xargs -P 8 -I{} bash -c 'ask {}' 2> err
same "" "$(cat err)"
for n in $(seq 1 16); do has "$(cat "answer.$n")" "> number $n"$'\n'; done
same 16 "$(llmchat history list --all --json | jq length)"
same 32 "$(llmchat history list --all --json | jq 'map(.messages) | add')"

# stdout of each is whole: lines of several do not mix when each goes through -O or parallel.
if command -v parallel > /dev/null; then
  seq 17 24 | parallel -j 8 --will-cite 'llmchat ask -p demo --json "number {}" < /dev/null' > objects
  same 8 "$(wc -l < objects)"
  same "$(seq 17 24)" "$(jq -r '.text' objects | grep -oP '^> number \K.*' | sort -n)"
  same 8 "$(jq -r .conversation objects | sort -u | wc -l)"
fi

# Settings that are written at the same time are all there.
seq 1 8 | xargs -P 8 -I{} llmchat config set "aliases.m{}" "demo/model-{}"
same 8 "$(llmchat config get aliases --json | jq '.value | length')"
llmchat config validate > /dev/null
