# Answers in pipelines: what goes in, what comes out, and nothing else.
git init -q . && git config user.email a@b.c && git config user.name a
echo 'print("one")' > main.py && git add . && git commit -qm start
echo 'print("two")' > main.py

# The instruction comes first, then a blank line, then the diff.
git diff | llmchat ask -p demo "Write a commit message" | tee answer.md > copy.md
cmp answer.md copy.md
has "$(cat answer.md)" $'> Write a commit message\n>\n> diff --git a/main.py b/main.py'
has "$(cat answer.md)" '> +print("two")'

# Exactly one newline at the end, and nothing on stderr.
same 1 "$(tail -c 1 answer.md | wc -l)"
lacks "$(tail -c 2 answer.md | od -An -c)" '\n  \n'
ends 0 llmchat ask -p demo hello
same "" "$(cat err)"

# - reads the prompt, from a file and from a here-document.
printf 'What is\na monad?\n' > question.txt
has "$(llmchat ask -p demo - < question.txt)" $'> What is\n> a monad?'
has "$(llmchat ask -p demo - << END
What costs \$5?
END
)" '> What costs $5?'
has "$(llmchat ask -p demo "Explain:" <<< "a here-string")" $'> Explain:\n>\n> a here-string'

# A first argument with a space in it is a question.
has "$(llmchat "what is it" -p demo < /dev/null)" "> what is it"

# A reader that has enough ends a long answer without a word.
code=0
llmchat ask -p demo -o tokens 200000 "go on" 2> err < /dev/null | head -n 1 > first || code=$?
same "You asked:" "$(cat first)"
same "" "$(cat err)"
same 141 "$code"

# Within a loop stdin belongs to the loop: /dev/null keeps llmchat away from it.
printf '%s\n' alpha beta gamma > words
while read -r word; do
  llmchat ask -p demo -q -o tokens 12 "word $word" < /dev/null
done < words > answers
same 3 "$(grep -c '^> word' answers)"
# Without it the first question takes all the rest.
while read -r word; do llmchat ask -p demo -q "word $word"; done < words > answers
same 1 "$(grep -c '^> word' answers)"
same 1 "$(grep -c '^> gamma' answers)"

# Two of them in one pipeline.
llmchat ask -p demo first < /dev/null | llmchat ask -p demo "Shorter:" > both
has "$(cat both)" $'> Shorter:\n>\n> You asked:'
