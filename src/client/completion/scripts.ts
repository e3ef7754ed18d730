/** What a shell runs to complete: it asks the program itself, so that it is never out of date. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** The hidden command that a script calls with the words of the line; the last one is being typed. */
export const COMPLETE_COMMAND = '__complete';

/** A line of the answer that says that names of files may stand there, too. */
export const FILES_LINE = ':files';

/** @param program as it is typed; the script defines a function of that name */
export function completionScript(shell: Shell, program: string): string {
  const name = `_${program.replaceAll(/[^A-Za-z0-9]/g, '_')}_complete`;
  return SCRIPTS[shell].replaceAll('@NAME@', name).replaceAll('@PROGRAM@', program);
}

const SCRIPTS: Readonly<Record<Shell, string>> = {
  bash: `# bash completion of @PROGRAM@. To load it in every session:
#   @PROGRAM@ completion bash > ~/.local/share/bash-completion/completions/@PROGRAM@
@NAME@() {
  local line files= i n=-1 cut words=()
  # A colon or an equals sign ends a word for bash, but not for the program.
  for ((i = 1; i <= COMP_CWORD; i++)); do
    if ((n >= 0)) && [[ "\${COMP_WORDS[i]}" == [:=]* || "\${COMP_WORDS[i-1]}" == [:=] ]]; then
      words[n]+="\${COMP_WORDS[i]}"
    else
      words[++n]="\${COMP_WORDS[i]}"
    fi
  done
  cut="\${words[n]%"\${words[n]##*[:=]}"}"
  COMPREPLY=()
  while IFS= read -r line; do
    line="\${line%%$'\\t'*}"
    if [[ "$line" == "${FILES_LINE}" ]]; then files=yes; else COMPREPLY+=("\${line#"$cut"}"); fi
  done < <(@PROGRAM@ ${COMPLETE_COMMAND} -- "\${words[@]}" 2>/dev/null)
  if [[ -n "$files" ]]; then
    while IFS= read -r line; do COMPREPLY+=("$line"); done < <(compgen -f -- "\${COMP_WORDS[COMP_CWORD]}")
    compopt -o filenames 2>/dev/null
  fi
}
complete -F @NAME@ @PROGRAM@
`,
  zsh: `#compdef @PROGRAM@
# zsh completion of @PROGRAM@. To load it in every session, where $fpath looks:
#   @PROGRAM@ completion zsh > "\${fpath[1]}/_@PROGRAM@"
@NAME@() {
  local line files=
  local -a found
  while IFS= read -r line; do
    if [[ "$line" == "${FILES_LINE}" ]]; then
      files=yes
    else
      local value="\${line%%$'\\t'*}" description="\${line#*$'\\t'}"
      found+=("\${value//:/\\\\:}:\${description}")
    fi
  done < <(@PROGRAM@ ${COMPLETE_COMMAND} -- "\${(@)words[2,CURRENT]}" 2>/dev/null)
  (( \${#found} )) && _describe -t values '@PROGRAM@' found
  [[ -n "$files" ]] && _files
}
if [[ "$funcstack[1]" == "_@PROGRAM@" ]]; then @NAME@ "$@"; else compdef @NAME@ @PROGRAM@; fi
`,
  fish: `# fish completion of @PROGRAM@. To load it in every session:
#   @PROGRAM@ completion fish > ~/.config/fish/completions/@PROGRAM@.fish
function @NAME@
  set -l words (commandline -opc)[2..] (commandline -ct)
  for line in (@PROGRAM@ ${COMPLETE_COMMAND} -- $words 2>/dev/null)
    if test "$line" = "${FILES_LINE}"
      __fish_complete_path (commandline -ct)
    else
      echo $line
    end
  end
end
complete -c @PROGRAM@ -f -a '(@NAME@)'
`,
};
