import { zoo } from '../../../architectures/zoo.ts';
import { text, type Args, type Command } from '../command.ts';
import type { Io } from '../io.ts';
import { oneOf } from '../usage.ts';

const SHELLS = ['bash', 'zsh', 'fish'] as const;

/** Commands by name, with what says what they take. */
type Commands = Readonly<Record<string, readonly [summary: string, load: () => Promise<Command>]>>;

/** What may follow a command. */
interface Words {
  readonly name: string;
  readonly summary: string;
  readonly options: readonly string[];
  /** built-in networks, where it takes a model */
  readonly names: readonly string[];
}

/** `csp-profile completion bash`: commands, options and built-in networks; files are completed as ever. */
export const completionOf = (commands: Commands): Command => ({
  usage: '<shell>',
  positionals: { shell: { describe: SHELLS.join(', ') } },
  options: {},
  examples: [
    ['bash', 'for ~/.bashrc: eval "$(csp-profile completion bash)"'],
    ['zsh', 'for ~/.zshrc, behind compinit: eval "$(csp-profile completion zsh)"'],
    ['fish', 'csp-profile completion fish > ~/.config/fish/completions/csp-profile.fish'],
  ],
  async run(args: Args, io: Io): Promise<number> {
    const shell = oneOf('shell', text(args, 'shell') ?? '', SHELLS);
    const words = await wordsOf(commands);
    io.stdout.write({ bash: bash(words), zsh: zsh(words), fish: fish(words) }[shell]);
    return 0;
  },
});

async function wordsOf(commands: Commands): Promise<readonly Words[]> {
  const networks = zoo().map(({ name }) => name);
  return Promise.all(
    Object.entries(commands).map(async ([name, [summary, load]]): Promise<Words> => {
      const { options, positionals } = await load();
      const takesModel = ['model', 'models', 'a'].some((each) => each in positionals);
      return {
        name,
        summary,
        options: Object.keys(options).map((option) => `--${option}`),
        names: name === 'completion' ? SHELLS : takesModel ? networks : [],
      };
    }),
  );
}

const bash = (words: readonly Words[]): string => `_csp_profile() {
  local word="\${COMP_WORDS[COMP_CWORD]}" words
  if [ "$COMP_CWORD" -eq 1 ]; then
    words="${words.map(({ name }) => name).join(' ')} help"
  else
    case "\${COMP_WORDS[1]}" in
${words.map(({ name, options, names }) => `      ${name}) words="${[...options, ...names].join(' ')}" ;;`).join('\n')}
      help) words="${words.map(({ name }) => name).join(' ')}" ;;
    esac
  fi
  COMPREPLY=($(compgen -W "$words" -- "$word"))
}
complete -o default -F _csp_profile csp-profile
`;

const zsh = (words: readonly Words[]): string => `#compdef csp-profile
_csp_profile() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${words.map(({ name, summary }) => `      '${name}:${quoted(summary)}'`).join('\n')}
      'help:the options of a command'
    )
    _describe command commands
    return
  fi
  case "$words[2]" in
${words
  .map(({ name, options, names }) => `    ${name}) compadd -- ${[...options, ...names].join(' ')}; _files ;;`)
  .join('\n')}
    help) compadd -- ${words.map(({ name }) => name).join(' ')} ;;
  esac
}
compdef _csp_profile csp-profile
`;

const quoted = (text: string): string => text.replaceAll("'", "'\\''").replaceAll(':', '\\:');

const fish = (words: readonly Words[]): string =>
  [
    ...words.map(
      ({ name, summary }) =>
        `complete -c csp-profile -n __fish_use_subcommand -f -a ${name} -d '${summary.replaceAll("'", "\\'")}'`,
    ),
    `complete -c csp-profile -n __fish_use_subcommand -f -a help`,
    ...words.flatMap(({ name, options, names }) => [
      ...options.map(
        (option) => `complete -c csp-profile -n '__fish_seen_subcommand_from ${name}' -l ${option.slice(2)}`,
      ),
      ...(names.length === 0
        ? []
        : [`complete -c csp-profile -n '__fish_seen_subcommand_from ${name}' -a '${names.join(' ')}'`]),
    ]),
    '',
  ].join('\n');
