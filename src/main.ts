import { Command, Option } from 'commander';
import { defaultHome, type Home, homeAt } from './cli/home.ts';
import { UserError } from './cli/user-error.ts';
import { PROA_VERSION } from './version.ts';

/** Each command loads what it needs when it is called: `--help` and `status` load almost nothing. */
function program(): Command {
  const proa = new Command('proa')
    .description('Kubernetes in one Node process')
    .version(PROA_VERSION)
    .enablePositionalOptions()
    .option('--home <folder>', 'where a cluster keeps everything (or PROA_HOME)')
    .showHelpAfterError('Add --help to see what there is.');

  command(proa, 'up', 'start the cluster in the background, or say that it is up')
    .option('--port <number>', 'port of the API (default: 6443)', portNumber)
    .addOption(
      new Option(
        '--runtime <name>',
        'what runs containers: containerd, or sim to simulate them without root',
      ).choices(['containerd', 'sim']),
    )
    .option('--pod-cidr <range>', 'addresses of pods (default: 10.42.0.0/16)')
    .option('--service-cidr <range>', 'addresses of Services (default: 10.43.0.0/16)')
    .option('--node-name <name>', "name of the node (default: the machine's name)")
    .option(
      '--registry-mirror <host=url>',
      'pull images of HOST from URL; may be given again for other hosts',
      (value: string, before: string[] | undefined) => [...(before ?? []), value],
    )
    .option('--trace <file>', 'write what happens when into FILE, for Perfetto')
    .option(
      '--eviction-hard <thresholds>',
      'below what pods are evicted, as memory.available<100Mi,nodefs.available<10%',
    )
    .option(
      '--eviction-soft <thresholds>',
      'below what pods are evicted when it lasts, as memory.available<1Gi',
    )
    .option(
      '--eviction-soft-grace-period <periods>',
      'how long it must last for each of them, as memory.available=1m30s',
    )
    .option(
      '--eviction-max-pod-grace-period <seconds>',
      'the most that pods get to end then (default: 0)',
      Number,
    )
    .option('--foreground', 'stay in the foreground; Ctrl-C stops the cluster', false)
    .option('--no-merge-kubeconfig', 'leave ~/.kube/config alone')
    .action(async (options, self) => {
      const { upCommand } = await import('./cli/commands/up.ts');
      const { home: _, registryMirror: registryMirrors, ...rest } = options;
      process.exitCode = await upCommand(homeOf(self), { ...rest, registryMirrors });
    });
  command(proa, 'down', 'stop cluster and pods; state is kept').action(async (_options, self) => {
    const { downCommand } = await import('./cli/commands/down.ts');
    process.exitCode = await downCommand(homeOf(self));
  });
  command(proa, 'delete', 'stop the cluster and remove everything it made').action(
    async (_options, self) => {
      const { deleteCommand } = await import('./cli/commands/delete.ts');
      process.exitCode = await deleteCommand(homeOf(self));
    },
  );
  command(proa, 'status', 'addresses, versions, processes, memory and uptime')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json']))
    .action(async (options, self) => {
      const { statusCommand } = await import('./cli/commands/status.ts');
      process.exitCode = await statusCommand(homeOf(self), options);
    });
  command(proa, 'kubeconfig', "print the cluster's kubeconfig").action(async (_options, self) => {
    const { kubeconfigCommand } = await import('./cli/commands/kubeconfig.ts');
    process.exitCode = await kubeconfigCommand(homeOf(self));
  });
  addImageCommands(proa);
  addStateCommands(proa);
  return proa;
}

function addImageCommands(proa: Command): void {
  const image = proa.command('image').description('images on the node');
  command(image, 'load', 'load images from tar archives, as docker save writes them')
    .argument('<file...>')
    .action(async (files: string[], _options, self) => {
      const { imageLoadCommand } = await import('./cli/commands/image.ts');
      process.exitCode = await imageLoadCommand(homeOf(self), files);
    });
  command(image, 'ls', 'list the images on the node').action(async (_options, self) => {
    const { imageListCommand } = await import('./cli/commands/image.ts');
    process.exitCode = await imageListCommand(homeOf(self));
  });
}

function addStateCommands(proa: Command): void {
  command(proa, 'logs', "show the daemon's log")
    .option('-f, --follow', 'go on as it grows')
    .action(async (options, self) => {
      const { logsCommand } = await import('./cli/commands/logs.ts');
      process.exitCode = await logsCommand(homeOf(self), options);
    });
  command(proa, 'backup', 'write all objects to a file while the cluster runs')
    .argument('<file>')
    .action(async (file: string, _options, self) => {
      const { backupCommand } = await import('./cli/commands/backup.ts');
      process.exitCode = await backupCommand(homeOf(self), file);
    });
  command(proa, 'restore', 'fill a cluster that has no objects yet from a backup')
    .argument('<file>')
    .option('--keys <file>', "the backup's encryption keys (default: the file with .keys added)")
    .action(async (file: string, options, self) => {
      const { restoreCommand } = await import('./cli/commands/backup.ts');
      process.exitCode = await restoreCommand(homeOf(self), file, options);
    });
  const secrets = proa.command('secrets').description('how Secrets are kept');
  command(
    secrets,
    'rotate-key',
    'encrypt all Secrets with a new key while the cluster runs',
  ).action(async (_options, self) => {
    const { rotateKeyCommand } = await import('./cli/commands/secrets.ts');
    process.exitCode = await rotateKeyCommand(homeOf(self));
  });
  command(proa, 'kubectl', "run kubectl with this cluster's kubeconfig")
    .argument('[args...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption('--help-proa', 'help for this command; --help is for kubectl')
    .action(async (args: string[], _options, self) => {
      const { kubectlCommand } = await import('./cli/commands/kubectl.ts');
      process.exitCode = await kubectlCommand(homeOf(self), args);
    });
}

/** A command with the option that all have. */
function command(parent: Command, name: string, description: string): Command {
  const isRoot = process.getuid?.() === 0;
  const home = defaultHome(process.env, isRoot);
  return parent
    .command(name)
    .description(description)
    .option(
      '--home <folder>',
      `where the cluster keeps everything (or PROA_HOME; default: ${home})`,
    );
}

/** The home that was named, behind the command or before it. */
function homeOf(command: Command): Home {
  for (let at: Command | null = command; at !== null; at = at.parent) {
    const { home } = at.opts<{ home?: string }>();
    if (home !== undefined) return homeAt(home);
  }
  return homeAt(defaultHome(process.env, process.getuid?.() === 0));
}

function portNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new UserError(`--port must be a number between 1 and 65535, not ${text}`);
}

/** Whether an error is the system's answer: no permission, no space, no such file. */
function isSystemError(error: unknown): error is NodeJS.ErrnoException {
  return error instanceof Error && 'syscall' in error && 'code' in error;
}

// A reader that has seen enough, as head(1), is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

async function main(): Promise<void> {
  try {
    await program().parseAsync();
  } catch (error) {
    // Everything else is a fault and shows its trace.
    if (!(error instanceof UserError || isSystemError(error))) throw error;
    console.error(`proa: ${error.message}`);
    process.exitCode = 1;
  }
}

void main();
