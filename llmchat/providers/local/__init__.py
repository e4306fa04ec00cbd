"""A model on this machine: a GGUF file, answered by llama.cpp in a process of ours."""
