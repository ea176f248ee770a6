import { Command, Option } from 'commander';
import { defaultHome, homeAt } from './cli/home.ts';
import { UserError } from './cli/user-error.ts';
import { PROA_VERSION } from './version.ts';

/** Each command loads what it needs when it is called: `--help` and `status` load almost nothing. */
function program(): Command {
  const proa = new Command('proa')
    .description('Kubernetes in one Node process')
    .version(PROA_VERSION)
    .enablePositionalOptions()
    .showHelpAfterError();

  command(proa, 'up', 'start the cluster in the background, or say that it is up')
    .option('--port <number>', 'port of the API (default: 6443)', Number)
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
    .option('--foreground', 'stay in the foreground; Ctrl-C stops the cluster', false)
    .option('--no-merge-kubeconfig', 'leave ~/.kube/config alone')
    .action(async (options) => {
      const { upCommand } = await import('./cli/commands/up.ts');
      const { home, registryMirror: registryMirrors, ...rest } = options;
      process.exitCode = await upCommand(homeAt(home), { ...rest, registryMirrors });
    });
  command(proa, 'down', 'stop cluster and pods; state is kept').action(async (options) => {
    const { downCommand } = await import('./cli/commands/down.ts');
    process.exitCode = await downCommand(homeAt(options.home));
  });
  command(proa, 'delete', 'stop the cluster and remove everything it made').action(
    async (options) => {
      const { deleteCommand } = await import('./cli/commands/delete.ts');
      process.exitCode = await deleteCommand(homeAt(options.home));
    },
  );
  command(proa, 'status', 'addresses, versions, processes, memory and uptime')
    .addOption(new Option('-o, --output <format>', 'output format').choices(['json']))
    .action(async (options) => {
      const { statusCommand } = await import('./cli/commands/status.ts');
      process.exitCode = await statusCommand(homeAt(options.home), options);
    });
  command(proa, 'kubeconfig', "print the cluster's kubeconfig").action(async (options) => {
    const { kubeconfigCommand } = await import('./cli/commands/kubeconfig.ts');
    process.exitCode = await kubeconfigCommand(homeAt(options.home));
  });
  addImageCommands(proa);
  addStateCommands(proa);
  return proa;
}

function addImageCommands(proa: Command): void {
  const image = proa.command('image').description('images on the node');
  command(image, 'load', 'load images from tar archives, as docker save writes them')
    .argument('<file...>')
    .action(async (files: string[], options) => {
      const { imageLoadCommand } = await import('./cli/commands/image.ts');
      process.exitCode = await imageLoadCommand(homeAt(options.home), files);
    });
  command(image, 'ls', 'list the images on the node').action(async (options) => {
    const { imageListCommand } = await import('./cli/commands/image.ts');
    process.exitCode = await imageListCommand(homeAt(options.home));
  });
}

function addStateCommands(proa: Command): void {
  command(proa, 'logs', "show the daemon's log")
    .option('-f, --follow', 'go on as it grows')
    .action(async (options) => {
      const { logsCommand } = await import('./cli/commands/logs.ts');
      process.exitCode = await logsCommand(homeAt(options.home), options);
    });
  command(proa, 'backup', 'write all objects to a file while the cluster runs')
    .argument('<file>')
    .action(async (file: string, options) => {
      const { backupCommand } = await import('./cli/commands/backup.ts');
      process.exitCode = await backupCommand(homeAt(options.home), file);
    });
  command(proa, 'restore', 'fill a cluster that has no objects yet from a backup')
    .argument('<file>')
    .action(async (file: string, options) => {
      const { restoreCommand } = await import('./cli/commands/backup.ts');
      process.exitCode = await restoreCommand(homeAt(options.home), file);
    });
  command(proa, 'kubectl', "run kubectl with this cluster's kubeconfig")
    .argument('[args...]')
    .passThroughOptions()
    .allowUnknownOption()
    .helpOption('--help-proa', 'help for this command; --help is for kubectl')
    .action(async (args: string[], options) => {
      const { kubectlCommand } = await import('./cli/commands/kubectl.ts');
      process.exitCode = await kubectlCommand(homeAt(options.home), args);
    });
  command(proa, 'daemon', '', { hidden: true }).action(async (options) => {
    const { daemonCommand } = await import('./cli/commands/up.ts');
    process.exitCode = await daemonCommand(homeAt(options.home));
  });
}

/** A command with the option that all have. */
function command(
  parent: Command,
  name: string,
  description: string,
  options: { hidden?: boolean } = {},
): Command {
  const isRoot = process.getuid?.() === 0;
  return parent
    .command(name, options)
    .description(description)
    .option(
      '--home <folder>',
      'where the cluster keeps everything (or PROA_HOME)',
      defaultHome(process.env, isRoot),
    );
}

try {
  await program().parseAsync();
} catch (error) {
  // Everything else is a fault and shows its trace.
  if (!(error instanceof UserError)) throw error;
  console.error(`proa: ${error.message}`);
  process.exitCode = 1;
}
