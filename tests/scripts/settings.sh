# Settings by hand and by command in turn: comments and order stay, mistakes have lines.
file=$(llmchat config path)
cat > "$file" << 'END'
# mine
provider = "demo"   # offline

[options]
tokens = 12         # short
END
chmod 600 "$file"
has "$(llmchat ask -n hello < /dev/null)" "You asked:"
llmchat config set usage true
llmchat config set providers.openai.model gpt-4o
sed -i 's/tokens = 12 /tokens = 3 /' "$file"
same 3 "$(llmchat config get options.tokens)"
llmchat config set aliases.fast demo/demo
llmchat config unset usage
same "# mine
provider = \"demo\"   # offline

[options]
tokens = 3          # short" "$(head -n 5 "$file" | sed 's/ = 3  */ = 3          /')"
same 600 "$(stat -c %a "$file")"
has "$(llmchat ask -n -m fast hello < /dev/null)" "You asked:"

# Flag, environment, project, file: the nearest wins, and the list says which one it was.
same "file" "$(llmchat config set model file && llmchat config get model)"
echo 'model = "project"' > .llmchat.toml
same "project" "$(llmchat config get model)"
same "environment" "$(LLMCHAT_MODEL=environment llmchat config get model)"
same ".llmchat.toml line 1" "$(llmchat config list --json | jq -r '.[] | select(.key == "model") | .origin')"
rm .llmchat.toml && llmchat config unset model

# A key does not come from the command line, and is never shown.
ends 2 llmchat config set providers.openai.api_key sk-verysecretverysecret
printf 'sk-verysecretverysecret\n' | llmchat config set providers.openai.api_key -
lacks "$(llmchat config list; llmchat config list --json; llmchat auth status)" verysecretverysecret

# A mistake has its line and the nearest name; nothing is asked until it is gone.
echo 'modle = "x"' >> "$file.bad" && cat "$file" >> "$file.bad" && cp "$file" "$file.good"
cp "$file.bad" "$file"
ends 3 llmchat ask -p demo hello
same "" "$(cat out)"
has "$(cat err)" "config.toml:1: unknown key modle (did you mean model?)"
ends 3 llmchat config validate
cp "$file.good" "$file"
ends 0 llmchat config validate
ends 2 llmchat config set theem dark
has "$(cat err)" "did you mean theme?"
ends 11 llmchat config unset theme
# The editor is a command like any other.
EDITOR="sed -i s/demo/openai/" llmchat config edit
same openai "$(llmchat config get provider)"
