# Conversations that go on from a script.
first=$(llmchat ask -p demo --json "first question" < /dev/null | jq -r .conversation)
# It goes on with whoever answered, also where somebody else is the default.
same "demo $first" "$(LLMCHAT_PROVIDER=openai llmchat ask -c --json second < /dev/null | jq -r '[.provider, .conversation] | join(" ")')"
same 4 "$(llmchat history show "$first" --json | jq '.messages | length')"
llmchat ask -p demo "something else" < /dev/null > /dev/null
same "$first" "$(llmchat ask --cid "${first:0:6}" --json third < /dev/null | jq -r .conversation)"

# A template that is only configured wraps what begins a conversation, and nothing after it.
export LLMCHAT_TEMPLATE=translate
ends 0 llmchat ask -p demo lang=German "Good morning"
has "$(cat out)" "> Translate"
ends 0 llmchat ask -c "And in Italian?"
lacks "$(cat out)" "> Translate"
ends 0 llmchat ask -c -t translate lang=French "Good night"
has "$(cat out)" "> Translate"
unset LLMCHAT_TEMPLATE

# A conversation keeps its own system message.
llmchat ask -p demo -s "You are terse." hi < /dev/null > /dev/null
LLMCHAT_SYSTEM="You are verbose." llmchat ask -c again < /dev/null > /dev/null
same "You are terse." "$(llmchat history show last --json | jq -r .system)"

# History and question together must fit; nothing is cut in silence.
llmchat config set providers.demo.context 400
ends 0 llmchat ask -p demo "$(printf 'word %.0s' {1..300})"
ends 2 llmchat ask -c "$(printf 'more %.0s' {1..200})"
same "" "$(cat out)"
has "$(cat err)" "demo is limited to 400"
has "$(cat err)" "tokens and the question 250"
ends 0 llmchat ask -n -p demo "a short one"
