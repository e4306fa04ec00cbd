"""A model on this machine: a GGUF file, run by llama.cpp in a process that llmchat starts."""
