# SPDX-License-Identifier: MIT
# Prints the shell provisioners of the Vagrantfile in ARGV[0] as JSON, as Ruby reads them.
require "json"

FOUND = []

# Takes every call. A block gets an object of this kind.
class Anything < BasicObject
  def initialize(name = nil)
    @name = name
  end

  def provision(*words, **options, &block)
    return unless words.include?("shell") || words.include?(:shell)

    block.call(::Shell.new(options)) if block
    return unless options[:inline]

    ::FOUND << [@name, options[:inline], options[:env] || {}, [*options[:args]]]
  end

  def define(name, *_words, **_options, &block)
    block.call(::Anything.new(name))
  end

  def vm
    self
  end

  def method_missing(*_words, **_options)
    ::Anything.new
  end

  def respond_to_missing?(*_words)
    true
  end
end

# The settings of a provisioner.
class Shell
  def initialize(options)
    @options = options
  end

  def method_missing(name, *words)
    @options[name.to_s.chomp("=").to_sym] = words.first
  end

  def respond_to_missing?(*_words)
    true
  end
end

# What Vagrant gives its files.
module Vagrant
  def self.configure(_version)
    yield Anything.new
  end
end

load ARGV[0]
puts JSON.generate(FOUND)
