from warmhandoff.cli import main

main()
