"""Models on this machine: GGUF files, run by llama.cpp in a process that llmchat starts."""
